//go:build race

package provider

// raceFactor widens what the race detector makes slower and larger.
const raceFactor = 10
