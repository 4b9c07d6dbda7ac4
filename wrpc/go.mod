module github.com/wrpc/wrpc/go

go 1.26.0
