// Package corpus holds contracts that cover what WIT can say, the code that the generator makes of them as ordinary
// packages, and the tests of both.
//
// The contracts lie in wit/deps, one folder for each topic: the parser takes a second to start, and reads them all at
// once. The generated code of a world lies in the folder that worlds_test.go names. After a change of the generator or
// of a contract it is written again by
//
//	go test ./internal/corpus -update
//
// and compared by every other run of the test.
package corpus
