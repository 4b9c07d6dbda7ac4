package main

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

// profile is being taken of this process.
type profile struct {
	path string
	cpu  *os.File
}

// startProfile begins to take profiles, which stop writes to path.cpu, path.allocs, path.mutex and path.block.
func startProfile(path string) (*profile, error) {
	cpu, err := os.Create(path + ".cpu")
	if err != nil {
		return nil, err
	}
	runtime.SetMutexProfileFraction(100)
	runtime.SetBlockProfileRate(int(time.Millisecond)) // blocked per sample; more of them would show in the CPU profile
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, errors.Join(err, cpu.Close())
	}
	return &profile{path: path, cpu: cpu}, nil
}

func (p *profile) stop() error {
	pprof.StopCPUProfile()
	runtime.SetMutexProfileFraction(0)
	runtime.SetBlockProfileRate(0)
	err := p.cpu.Close()
	for _, kind := range []string{"allocs", "mutex", "block"} {
		err = errors.Join(err, writeProfile(kind, p.path+"."+kind))
	}
	return err
}

func writeProfile(kind, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup(kind).WriteTo(f, 0), f.Close())
}
