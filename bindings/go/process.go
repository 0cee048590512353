// SPDX-License-Identifier: MIT
// A program that runs inside a plan.

package mountplan

/*
#include <errno.h>
#include <mountplan/mountplan.h>
#include <sys/wait.h>

// Waits for the end without taking notice of it.
static void mountplan_go_await(int pid) {
  siginfo_t end;
  while (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
}
*/
import "C"

import (
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// Process is a running program. Its methods may be called by any goroutine at any time.
type Process struct {
	lock  sync.Mutex // for raw
	raw   *C.mplan_process
	pid   int
	once  sync.Once // for ended and err
	ended Exit
	err   error
}

// Exit is how a program ended.
type Exit struct {
	Code   int            // exit status, 0 to 255; 128 + signal where a signal ended it
	Signal syscall.Signal // that ended it; 0 where it exited by itself
}

// Pid is the process id in the caller's pid namespace: of the program, or of the reaper in front of it.
func (p *Process) Pid() int { return p.pid }

// Wait waits for the end of the program. Again gives the same.
func (p *Process) Wait() (Exit, error) {
	p.once.Do(func() {
		// Without the lock, so that a signal can be sent meanwhile. The id stays taken: nobody else waits for it.
		C.mountplan_go_await(C.int(p.pid))
		p.lock.Lock()
		defer p.lock.Unlock()
		var raw C.struct_mplan_exit
		_, p.err = call(func(err **C.mplan_error) C.int {
			return C.mplan_process_wait(p.raw, &raw, C.size_t(unsafe.Sizeof(raw)), err)
		})
		p.ended = Exit{int(raw.code), syscall.Signal(raw.signal)}
	})
	runtime.KeepAlive(p)
	return p.ended, p.err
}

// Signal sends a signal; a reaper passes it on to the program, but SIGKILL, which ends all, and SIGSTOP. ESRCH says that it has ended.
func (p *Process) Signal(signal syscall.Signal) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	_, err := call(func(err **C.mplan_error) C.int { return C.mplan_process_signal(p.raw, C.int(signal), err) })
	return err
}

// Close ends the object. A program that still runs is left alone. It always returns nil.
func (p *Process) Close() error {
	p.lock.Lock()
	defer p.lock.Unlock()
	C.mplan_process_free(p.raw)
	p.raw = nil
	runtime.SetFinalizer(p, nil)
	return nil
}
