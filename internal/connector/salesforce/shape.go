package salesforce

import (
	"strings"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
)

// shape adds a record to the page: ids in their long form, instants as RFC 3339,
// and what the mapping cannot compute under "kept". A record that was merged into
// another one is not a row.
func shape(one *stream, o map[string]any, ids map[string]bool, out *connector.Page) error {
	delete(o, "attributes")
	for name, v := range o {
		text, isText := v.(string)
		switch {
		case !isText:
		case ids[name]:
			// What is no id stays as it is: it refers to nothing, and the row says so.
			if long, err := Long(text); err == nil {
				o[name] = long
			}
		case strings.HasSuffix(text, "+0000"):
			if at, err := parse(text); err == nil {
				o[name] = at.Format(time.RFC3339Nano)
			}
		}
	}
	key := connector.Text(o, "Id")
	if key == "" {
		return fault.New(fault.Invalid, "Salesforce sent a record of %s without id", one.object)
	}
	changed, err := parse(connector.Text(o, "SystemModstamp"))
	if err != nil {
		return err
	}
	out.Cursor = changed.Format(time.RFC3339Nano)
	deleted := connector.True(o, "IsDeleted")
	if master := connector.Text(o, "MasterRecordId"); master != "" && deleted {
		out.Merged = append(out.Merged, connector.Merged{Kind: strings.ToLower(one.object), From: key, To: master})
		return nil
	}
	own := map[string]any{}
	switch one.name {
	case "accounts":
		own["domain"] = connector.Domain(connector.Text(o, "Website"))
	case "contacts":
		if deleted {
			own["left_at"] = out.Cursor
		}
	case "opportunities":
		own["outcome"] = ""
		switch {
		case deleted:
		case connector.True(o, "IsWon"):
			own["outcome"] = "opportunity_won"
		case connector.True(o, "IsClosed"):
			own["outcome"] = "opportunity_lost"
		}
	case "tasks":
		own["kind"] = map[string]string{"Call": "call", "Email": "email", "ListEmail": "email"}[connector.Text(o, "TaskSubtype")]
		if own["kind"] == "" {
			own["kind"] = "note"
		}
		own["at"] = firstOf(o, "CompletedDateTime", "ActivityDate", "CreatedDate")
		own["counts"] = connector.True(o, "IsClosed") && !deleted
		own["contact"] = contactOf(o)
	case "events":
		own["at"] = firstOf(o, "StartDateTime", "CreatedDate")
		own["counts"] = !deleted && !connector.True(o, "IsChild")
		own["contact"] = contactOf(o)
	}
	o["kept"] = own
	out.Rows = append(out.Rows, connector.Row{Key: key, Data: o})
	return nil
}

func firstOf(o map[string]any, names ...string) string {
	for _, name := range names {
		if text := connector.Text(o, name); text != "" {
			return text
		}
	}
	return ""
}

// contactOf returns the person of an activity: ids of contacts begin with 003.
func contactOf(o map[string]any) string {
	if who := connector.Text(o, "WhoId"); strings.HasPrefix(who, "003") {
		return who
	}
	return ""
}

// Long returns the 18 characters of an id that may be written with 15: three more
// characters say which letters are capitals. The short form differs by case alone,
// so it is never compared without regard to case.
func Long(id string) (string, error) {
	if strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || len(id) != 15 && len(id) != 18 && id != "" {
		return "", fault.New(fault.Invalid, "%.40q is not an id of Salesforce", id)
	}
	if len(id) != 15 {
		return id, nil
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
	out := []byte(id)
	for part := range 3 {
		n := 0
		for i := range 5 {
			if c := id[part*5+i]; 'A' <= c && c <= 'Z' {
				n |= 1 << i
			}
		}
		out = append(out, digits[n])
	}
	return string(out), nil
}
