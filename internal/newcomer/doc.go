// Package newcomer tests what somebody does who has just found this repository: run.sh, and the commands in README.md.
package newcomer
