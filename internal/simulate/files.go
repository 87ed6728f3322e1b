package simulate

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/usage"
)

// FileOptions says how the files are written.
type FileOptions struct {
	// Gzip compresses the events, as events.csv.gz.
	Gzip bool
	// Progress is told how many accounts' events are written; nil for nobody.
	Progress func(done, total int)
}

// WriteFiles writes the company as the files that an import reads, and the truth
// beside them: products, users, accounts, contacts, subscriptions, tickets,
// activities, facts and events as CSV, truth.csv and truth.json. create opens a
// new file of the name; each is closed before the next is opened. Times are RFC
// 3339 in UTC, money is in major units, empty means none.
func (c *Company) WriteFiles(create func(name string) (io.WriteCloser, error), opts FileOptions) error {
	for _, t := range c.tables() {
		if err := writeFile(create, t.name, func(w io.Writer) error { return writeTable(w, t) }); err != nil {
			return err
		}
	}
	truth := c.Truth()
	if err := writeFile(create, "truth.csv", truth.WriteCSV); err != nil {
		return err
	}
	if err := writeFile(create, "truth.json", truth.WriteJSON); err != nil {
		return err
	}
	if !opts.Gzip {
		return writeFile(create, "events.csv", func(w io.Writer) error { return c.writeEvents(w, opts.Progress) })
	}
	return writeFile(create, "events.csv.gz", func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return fault.Wrap(err, "compress the events")
		}
		return errors.Join(c.writeEvents(z, opts.Progress), z.Close())
	})
}

// writeFile opens, buffers, writes and closes one file; a failed close is a
// failed write.
func writeFile(create func(string) (io.WriteCloser, error), name string, write func(io.Writer) error) error {
	f, err := create(name)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	b := bufio.NewWriterSize(f, 1<<18)
	err = write(b)
	if err == nil {
		err = b.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// table is one CSV file: rows calls put for each row.
type table struct {
	name   string
	header []string
	rows   func(put func(...string))
}

func writeTable(w io.Writer, t table) error {
	out := csv.NewWriter(w)
	_ = out.Write(t.header) // Flush reports
	t.rows(func(row ...string) { _ = out.Write(row) })
	out.Flush()
	return fault.Wrap(out.Error(), "write "+t.name)
}

func (c *Company) tables() []table {
	return []table{
		{"products.csv", []string{"product", "name"}, func(put func(...string)) {
			for _, p := range c.products {
				put(p.Key, p.Name)
			}
		}},
		{"users.csv", []string{"user_id", "name", "email", "role", "department", "since", "left_at"}, func(put func(...string)) {
			for _, u := range c.users {
				put(string(u.ID), u.Name, u.Email, u.Role, u.Department, instant(u.Since), instant(u.LeftAt))
			}
		}},
		{"accounts.csv", []string{"account_id", "name", "domain", "parent_id", "since", "churned_at", "segment", "industry", "country", "region", "employees", "plan", "owner_email"}, c.accountRows},
		{"contacts.csv", []string{"contact_id", "account_id", "name", "email", "title", "role", "since", "left_at", "app_user"}, c.contactRows},
		{"subscriptions.csv", []string{
			"subscription_id", "account_id", "product", "renewal_of", "plan", "valid_from", "start", "end", "arr", "currency", "seats", "auto_renew", "end_reason",
		}, c.subscriptionRows},
		{"tickets.csv", []string{
			"ticket_id", "account_id", "product", "subject", "priority", "state", "opened_at", "first_reply_at", "solved_at", "escalated", "satisfaction", "requester",
		}, c.ticketRows},
		{"activities.csv", []string{"activity_id", "account_id", "kind", "at", "subject", "body", "contact_id", "user_id"}, c.activityRows},
		{"facts.csv", []string{"account_id", "key", "type", "value", "valid_from", "valid_to", "known_at", "author", "reason"}, c.factRows},
	}
}

func (c *Company) accountRows(put func(...string)) {
	byID := make(map[id.Account]string, len(c.accounts))
	for i := range c.accounts {
		byID[c.accounts[i].ID] = c.accounts[i].External
	}
	emails := make(map[string]string, len(c.users))
	for _, u := range c.users {
		emails[string(u.ID)] = u.Email
	}
	for i := range c.accounts {
		a := &c.accounts[i]
		now := func(key string) string {
			lo := slices.IndexFunc(a.Facts, func(f customer.Fact) bool { return f.Key == key })
			if lo < 0 {
				return ""
			}
			hi := lo
			for hi < len(a.Facts) && a.Facts[hi].Key == key {
				hi++
			}
			f, _ := customer.Holds(a.Facts[lo:hi], c.cfg.End)
			return f.Value.String()
		}
		put(a.External, a.Name, a.Domain, byID[a.ParentID], instant(a.Since), instant(a.ChurnedAt), a.Segment,
			now("industry"), now("country"), now("region"), now("employees"), now("plan"), emails[now(customer.FactOwner)])
	}
}

func (c *Company) contactRows(put func(...string)) {
	for i := range c.accounts {
		a := &c.accounts[i]
		for k, p := range a.Contacts {
			put(string(p.ID), a.External, p.Name, p.Email, p.Title, string(p.Role), instant(p.Since), instant(p.LeftAt), a.ContactActors[k])
		}
	}
}

func (c *Company) productKey(p id.Product) string {
	for k := range c.products {
		if c.products[k].ID == p {
			return c.products[k].Key
		}
	}
	return ""
}

func (c *Company) subscriptionRows(put func(...string)) {
	for i := range c.accounts {
		a := &c.accounts[i]
		for _, s := range a.Subscriptions {
			for _, v := range s.Revisions {
				put(string(s.ID), a.External, c.productKey(s.ProductID), string(s.RenewalOf), s.Plan, instant(v.ValidFrom), instant(v.Start), instant(v.End),
					float(v.ARR.Major()), string(v.ARR.Currency), strconv.FormatInt(v.Seats, 10), strconv.FormatBool(v.AutoRenew), v.EndReason)
			}
		}
	}
}

func (c *Company) ticketRows(put func(...string)) {
	for i := range c.accounts {
		a := &c.accounts[i]
		for _, t := range a.Tickets {
			mark := ""
			if t.Satisfaction != nil {
				mark = float(*t.Satisfaction)
			}
			put(string(t.ID), a.External, c.productKey(t.ProductID), t.Subject, t.Priority, string(t.State), instant(t.OpenedAt), instant(t.FirstReplyAt),
				instant(t.SolvedAt), strconv.FormatBool(t.Escalated), mark, t.RequesterName)
		}
	}
}

func (c *Company) activityRows(put func(...string)) {
	for i := range c.accounts {
		a := &c.accounts[i]
		for _, v := range a.Activities {
			put(string(v.ID), a.External, string(v.Kind), instant(v.At), v.Subject, v.Body, string(v.ContactID), string(v.UserID))
		}
	}
}

func (c *Company) factRows(put func(...string)) {
	for i := range c.accounts {
		a := &c.accounts[i]
		for _, f := range a.Facts {
			put(a.External, f.Key, string(f.Value.Type), f.Value.String(), instant(f.ValidFrom), instant(f.ValidTo), instant(f.KnownAt), string(f.Author), f.Reason)
		}
	}
}

// writeEvents writes message_id, at, account_id, product, actor, name, value and
// program; it formats by hand because there are millions of rows, none of whose
// cells needs quoting.
func (c *Company) writeEvents(w io.Writer, progress func(done, total int)) error {
	if _, err := io.WriteString(w, "message_id,at,account_id,product,actor,name,value,program\n"); err != nil {
		return fault.Wrap(err, "write the events")
	}
	buf := make([]byte, 0, 256)
	for i := range c.sims {
		account := c.accounts[i].External
		err := c.Events(i, func(e usage.Event) error {
			buf = append(append(buf[:0], e.MessageID...), ',')
			buf = append(e.At.AppendFormat(buf, time.RFC3339Nano), ',')
			buf = append(append(buf, account...), ',')
			buf = append(append(buf, e.Product...), ',')
			buf = append(append(buf, e.Actor...), ',')
			buf = append(append(buf, e.Name...), ',')
			if e.HasValue {
				buf = strconv.AppendFloat(buf, e.Value, 'f', -1, 64)
			}
			buf = append(buf, ',')
			if p, ok := e.Properties["program"].(string); ok {
				buf = append(buf, p...)
			}
			_, err := w.Write(append(buf, '\n'))
			return fault.Wrap(err, "write the events")
		})
		if err != nil {
			return err
		}
		if progress != nil {
			progress(i+1, len(c.sims))
		}
	}
	return nil
}

// instant writes a time, and nothing for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
