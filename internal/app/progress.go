package app

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"kept/internal/clock"
)

// bar shows how far long work is: a line that is drawn again on a terminal, a
// line now and then elsewhere.
type bar struct {
	w     io.Writer
	clock clock.Clock
	tty   bool
	label string
	unit  string
	start time.Time
	drawn time.Time
	shown bool
	rows  int64 // what was read, when the bar counts bytes
}

const (
	drawEvery  = 100 * time.Millisecond
	printEvery = 5 * time.Second
	barWidth   = 24
)

func (e *env) bar(label, unit string) *bar {
	now := e.clock.Now()
	return &bar{w: e.Err, clock: e.clock, tty: isTerminal(e.Err), label: label, unit: unit, start: now, drawn: now}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// setRows is set for work that is measured in bytes and told in rows.
func (b *bar) setRows(doneBytes, totalBytes, rows int64) {
	b.rows = rows
	if totalBytes > 0 {
		b.set(doneBytes, totalBytes)
		return
	}
	b.unit = "rows"
	b.set(rows, 0)
}

// set draws when it is time to; a total of 0 is unknown.
func (b *bar) set(done, total int64) {
	now := b.clock.Now()
	every := printEvery
	if b.tty {
		every = drawEvery
	}
	if now.Sub(b.drawn) < every {
		return
	}
	b.drawn = now
	b.draw(done, total, now)
}

func (b *bar) draw(done, total int64, now time.Time) {
	took := now.Sub(b.start).Seconds()
	rate := float64(done) / max(took, 1e-9)
	line := fmt.Sprintf("%-28s %s %s", b.label, thousands(done), b.unit)
	if total > 0 {
		share := min(1, float64(done)/float64(total))
		full := int(share * barWidth)
		left := ""
		if rate > 0 && done < total {
			left = "  " + remaining(float64(total-done)/rate) + " left"
		}
		speed := thousands(int64(rate))
		if b.rows > 0 {
			speed = thousands(int64(float64(b.rows)/max(took, 1e-9))) + " rows"
		}
		line = fmt.Sprintf("%-28s [%s%s] %3.0f %%  %s/s%s", b.label, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), share*100, speed, left)
	}
	if b.tty {
		tell(b.w, "\r\x1b[K%s", line)
		b.shown = true
		return
	}
	tellLine(b.w, line)
}

// done ends the line with what was done and how long it took.
func (b *bar) done(n int64) {
	if b.tty && b.shown {
		tell(b.w, "\r\x1b[K")
	}
	tell(b.w, "%-28s %s %s in %.1f s\n", b.label, thousands(n), b.unit, b.clock.Now().Sub(b.start).Seconds())
}

// remaining says how long something takes, as a person would.
func remaining(seconds float64) string {
	switch {
	case seconds < 90:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 5400:
		return fmt.Sprintf("%.0f min", seconds/60)
	}
	return fmt.Sprintf("%.1f h", seconds/3600)
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
