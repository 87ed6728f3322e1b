package config

// Version is the release, set by the build.
var Version = "dev"
