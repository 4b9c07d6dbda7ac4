// Package gocode writes Go source files: imports, comments, and names that are unique in their scope. It knows nothing
// of what they are generated from.
package gocode
