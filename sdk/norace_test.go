//go:build !race

package provider

const raceFactor = 1
