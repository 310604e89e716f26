//go:build unix

package static

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// lockDir keeps other exports out of a folder until it is closed, or the process
// ends. Where the file system cannot lock, nothing is locked.
func lockDir(dir string) (io.Closer, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("locking the folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, fmt.Errorf("%w: another export is writing to %s", ErrRefused, dir)
	}
	return f, nil
}
