package export

// What tests look at.
var (
	SpacedJSON = spacedJSON
	Collapse   = collapse
)
