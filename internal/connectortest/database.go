package connectortest

import (
	"context"
	"database/sql"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	_ "github.com/ClickHouse/clickhouse-go/v2" // the "clickhouse" driver
	_ "github.com/go-sql-driver/mysql"         // the "mysql" driver
)

// MariaDB starts a private server from Debian's package and returns its address
// for the connector and the DSN for the driver. The test fails, and never skips,
// when it is not installed.
func MariaDB(t testing.TB) (address, dsn string) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "kept-my-") //nolint:usetesting // a socket's path has room for about 100 characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")
	me := "--user=" + userName(t)
	install := exec.CommandContext(t.Context(), "mariadb-install-db", "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", me)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("MariaDB cannot be set up: run make test, which installs it, or install the Debian package mariadb-server: %v\n%s", err, out)
	}
	socket := filepath.Join(dir, "my.sock")
	start(t, "/usr/sbin/mariadbd", "--no-defaults", "--datadir="+data, "--socket="+socket, "--skip-networking", "--pid-file="+filepath.Join(dir, "pid"),
		"--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", me)
	dsn = "root@unix(" + socket + ")/"
	wait(t, "mysql", dsn)
	return "mysql://root@localhost/shop?socket=" + url.QueryEscape(socket), dsn
}

// ClickHouse starts a private server from Debian's package and returns its
// address. The test fails, and never skips, when it is not installed.
func ClickHouse(t testing.TB) (address string) {
	t.Helper()
	dir := t.TempDir()
	port := freePort(t)
	config := filepath.Join(dir, "config.xml")
	text := `<yandex><logger><level>warning</level><console>1</console></logger><tcp_port>` + port + `</tcp_port><listen_host>127.0.0.1</listen_host>
<path>` + dir + `/data/</path><tmp_path>` + dir + `/tmp/</tmp_path><users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>67108864</mark_cache_size><timezone>UTC</timezone></yandex>`
	users := `<yandex><profiles><default></default></profiles><quotas><default></default></quotas><users><default><password></password>
<networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default></users></yandex>`
	for name, content := range map[string]string{config: text, filepath.Join(dir, "users.xml"): users} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start(t, "clickhouse-server", "--config-file="+config)
	address = "clickhouse://127.0.0.1:" + port + "/default"
	wait(t, "clickhouse", address)
	return address
}

func start(t testing.TB, program string, args ...string) {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...) //nolint:gosec,noctx // ended below, orderly
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = filepath.Dir(log.Name())
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s cannot be started: run make test, which installs it: %v", program, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		stop := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		stop.Stop()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s said:\n%.4000s", program, text)
		}
	})
}

func wait(t testing.TB, driver, dsn string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%s does not answer: %v", driver, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()                                   //nolint:errcheck // it only finds a number
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port) //nolint:errcheck,forcetypeassert // a TCP listener
}

func userName(t testing.TB) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return "root"
	}
	out, err := exec.CommandContext(t.Context(), "id", "-un").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out[:len(out)-1])
}
