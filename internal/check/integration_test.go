package check_test

import (
	"testing"

	"github.com/tocsin-rules/tocsin/internal/check"
)

const (
	shopCatalog = `# package shop 1.2.0
# stream orders logs-shop.orders-*
# stream visits logs-shop.visits-*
shop.labels.*	keyword
shop.lines.*.price	double
shop.order.id	keyword		orders
shop.order.total	double		orders
shop.visit.page	keyword		visits
`
	endpointCatalog = `# package endpoint 9.2.0
# stream file logs-endpoint.events.file-*
# stream network logs-endpoint.events.network-*
# stream process logs-endpoint.events.process-*
file.path	keyword		file
host.os.type	keyword
process.command_line	keyword		process
process.name	keyword
source.ip	ip		network
`
	clusterCatalog = `# environment production
# stream all logs-*
shop.order.id	keyword
`
)

func TestPackageChecks(t *testing.T) {
	newBench(t).with(t, check.ByPackages, shopCatalog).expectAll(t, shopTable())
}

func shopTable() []expectation {
	const rows = "esql: FROM logs-shop.* METADATA _id | "
	return []expectation{
		{"field-not-in-integration", `kuery: «shop.order.customer»: x and shop.order.id: y`},
		{"field-not-in-integration", `kuery: shop.order.id: x and shop.labels.any: y and shop.lines.0.price > 5 and process.name: z`},
		{"field-not-in-integration", `kuery: data_stream.dataset: shop.visits and «shop.order.total» > 5`},
		{"field-not-in-integration", `kuery: data_stream.dataset: (shop.visits or shop.orders) and shop.order.total > 5`},
		{"field-not-in-integration", `kuery: (data_stream.dataset: shop.visits or host.name: a) and shop.order.total > 5`},
		{"field-not-in-integration", `lucene: data_stream.dataset:shop.visits AND «shop.order.id»:x`},
		{"field-not-in-integration", `lucene: data_stream.dataset:shop.orders AND shop.order.id:x`},
		{"field-not-in-integration", `eql: any where event.dataset == "shop.orders" and «shop.visit.page» : "x" and ?shop.visit.none == null`},
		{"field-not-in-integration", `eql: sequence by shop.order.id [any where event.dataset == "shop.orders" and shop.order.total > 5] [any where event.dataset == "shop.visits" and shop.visit.page : "x"]`},
		{"field-not-in-integration", rows + `WHERE data_stream.dataset == "shop.orders" | WHERE «shop.visit.page» == "x"`},
		{"field-not-in-integration", rows + `WHERE data_stream.dataset == "shop.orders" | EVAL Esql.a = shop.order.total, Esql.b = Esql.a | WHERE Esql.b > 5`},
		{"unneeded-optional-field", `eql: any where «?shop.order.id» == "x"`},
		{"unneeded-optional-field", `eql: any where ?shop.order.none == "x" and shop.order.id == "y"`},
	}
}

func TestEndpointChecks(t *testing.T) {
	newBench(t).with(t, check.ByPackages, endpointCatalog).expectAll(t, endpointTable())
}

func endpointTable() []expectation {
	return []expectation{
		{"field-of-other-category", `eql: file where «process.command_line» : "x" and process.name : "y" and ?process.command_line : "z"`},
		{"field-of-other-category", `eql: any where process.command_line : "x"`},
		{"field-of-other-category", `kuery: event.category: file and «process.command_line»: x`},
		{"field-of-other-category", `kuery: event.category: (file or process) and process.command_line: x`},
		{"field-of-other-category", `kuery: (event.category: file or host.name: a) and process.command_line: x`},
		{"field-of-other-category", `esql: FROM logs-endpoint.events.* METADATA _id | WHERE event.category == "process" AND «file.path» == "x"`},
	}
}

func TestCategoryChecks(t *testing.T) { expectAll(t, categoryTable()) }

// categoryTable holds what is known without any catalog.
func categoryTable() []expectation {
	return []expectation{
		{"field-of-other-category", `eql: process where «registry.path» : "*Run*"`},
		{"field-of-other-category", `eql: registry where registry.path : "*Run*" and process.name : "x"`},
		{"field-of-other-category", `kuery: event.category: process and «registry.path»: *Run*`},
		{"field-of-other-category", `lucene: event.category:file AND «dns.question.name»:x`},
		{"field-of-other-category", `lucene: event.category:network AND dns.question.name:x`},
	}
}

func TestClusterChecks(t *testing.T) {
	newBench(t).with(t, check.ByCluster, clusterCatalog).expectAll(t, clusterTable())
}

func clusterTable() []expectation {
	return []expectation{
		{"unknown-field", `kuery: «shop.nothing»: x and shop.order.id: y`},
		{"unknown-field", `esql: FROM logs-* METADATA _id | WHERE «shop.nothing» == "x" | EVAL Esql.a = shop.order.id`},
		{"unknown-field", `esql: FROM logs-* METADATA _id | ENRICH teams ON user.name | WHERE shop.nothing == "x"`},
		{"unknown-field", `eql: any where «shop.nothing» == "x" and ?shop.other == null`},
	}
}
