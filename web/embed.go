// Package web holds the built web app. Without a build (npm run build) it holds
// only a placeholder, and the server says how to make one.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns the built files; index.html is missing when there is no build.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist // the directive above makes this impossible
	}
	return sub
}
