//go:build race

package wrpcnats_test

// raceEnabled says that memory can't be measured.
const raceEnabled = true
