package cli

import (
	"path/filepath"
)

// ciHost is the service that a pipeline runs on, as its environment variables tell.
type ciHost struct {
	name string
	// root is the folder that the service names files from; "" is unknown.
	root string
	// summary is a file whose Markdown the service shows with the run; "" when it has none.
	summary string
}

const (
	gitHub    = "GitHub Actions"
	gitLab    = "GitLab CI"
	jenkins   = "Jenkins"
	noService = "no known service"
)

// host tells where the command runs. GitHub, GitLab and Jenkins set variables of their own.
func (a *app) host() ciHost {
	switch {
	case a.Getenv("GITHUB_ACTIONS") == "true":
		return ciHost{name: gitHub, root: a.Getenv("GITHUB_WORKSPACE"), summary: a.Getenv("GITHUB_STEP_SUMMARY")}
	case a.Getenv("GITLAB_CI") == "true":
		return ciHost{name: gitLab, root: a.Getenv("CI_PROJECT_DIR")}
	case a.Getenv("JENKINS_URL") != "":
		return ciHost{name: jenkins, root: a.Getenv("WORKSPACE")}
	}
	return ciHost{name: noService}
}

// prefix is what stands before the paths that the command shows when they are named from the service's folder: the command
// may run in a folder below it.
func (h ciHost) prefix(dir string) string {
	if h.root == "" {
		return ""
	}
	rel, err := filepath.Rel(h.root, dir)
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		return ""
	}
	return filepath.ToSlash(rel) + "/"
}
