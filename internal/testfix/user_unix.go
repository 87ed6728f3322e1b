//go:build unix

package testfix

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is the operating system's user that the server runs as: PostgreSQL
// refuses to run as root.
type account struct{ uid, gid int }

func owner() (account, error) {
	if os.Geteuid() != 0 {
		return account{os.Geteuid(), os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil {
			return account{uid, gid}, nil
		}
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as: run the tests as an ordinary user")
}

func (a account) own(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(dir, a.uid, a.gid) //nolint:wrapcheck // the caller says what was being done
}

// run makes the command run as the account, in its own process group (so that
// Ctrl-C on the tests leaves the orderly stop to the guard), with few variables.
func (a account) run(cmd *exec.Cmd, dir string) {
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // small numbers
	}
}
