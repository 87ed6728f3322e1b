package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/fault"
	"kept/internal/id"
)

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintf(e.Out, "kept %s (%s, %s/%s)\n", config.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return fault.Wrap(err, "print the version")
}

type openapiCmd struct{}

// Run prints the document.
func (openapiCmd) Run(e *env) error {
	doc, err := api.New(api.Options{Version: "v1", Clock: e.clock}).OpenAPI()
	if err != nil {
		return fault.Wrap(err, "write the document")
	}
	_, err = e.Out.Write(doc)
	return fault.Wrap(err, "print the document")
}

type migrateCmd struct{ config.Stores }

// Run migrates; opening does, too, and this says so.
func (c *migrateCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, &c.Stores, func(in *instance) error {
		current, known, err := in.records.Schema(ctx)
		if err != nil {
			return err
		}
		tell(e.Err, "The records (%s) are at schema %d; this program knows %d.\n", in.records.Engine(), current, known)
		return nil
	})
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print its secret once."`
	List   tokenListCmd   `cmd:"" help:"List tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a token."`
}

type tokenCreateCmd struct {
	config.Stores
	config.Remote
	Name    string `arg:"" help:"What it is for."`
	Role    string `default:"viewer" enum:"admin,operator,leader,csm,viewer" help:"${enum}."`
	Expires string `placeholder:"DATE" help:"When it ends: 00:00 UTC of that day, or an RFC 3339 instant; never when absent."`
	JSON    bool   `name:"json" help:"Print one report as JSON."`
}

// operator is who works on the data directory itself: whoever can read the files
// can do everything.
var operator = access.Principal{Kind: access.Token, Name: "command line", Role: access.Admin}

// Run makes a token.
func (c *tokenCreateCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	var expires time.Time
	if c.Expires != "" {
		at, err := api.ParseInstants("--expires", c.Expires, e.clock.Now())
		if err != nil {
			return err
		}
		expires = at[0]
	}
	var out api.NewToken
	if c.Server != "" {
		body := map[string]any{"name": c.Name, "role": c.Role}
		if !expires.IsZero() {
			body["expires_at"] = expires.Format(time.RFC3339)
		}
		if err := e.client(&c.Remote).call(ctx, http.MethodPost, "/tokens", body, &out); err != nil {
			return err
		}
		return c.print(e, out.ID, out.Secret)
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		users, err := in.access(e, "")
		if err != nil {
			return err
		}
		secret, cred, err := users.CreateToken(ctx, operator, access.NewToken{Name: c.Name, Role: access.Role(c.Role), Alone: true, ExpiresAt: expires})
		if err != nil {
			return err
		}
		return c.print(e, cred.ID, secret)
	})
}

func (c *tokenCreateCmd) print(e *env, ref id.Token, secret string) error {
	if c.JSON {
		return printJSON(e, map[string]string{"id": string(ref), "secret": secret})
	}
	tell(e.Err, "Token %s. Its secret is shown this once:\n", ref)
	_, err := fmt.Fprintln(e.Out, secret)
	return fault.Wrap(err, "print the secret")
}

type tokenListCmd struct {
	config.Stores
	config.Remote
	JSON bool `name:"json" help:"Print one report as JSON."`
}

// Run lists tokens.
func (c *tokenListCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	var rows []api.TokenRow
	if c.Server != "" {
		var list api.List[api.TokenRow]
		if err := e.client(&c.Remote).call(ctx, http.MethodGet, "/tokens", nil, &list); err != nil {
			return err
		}
		rows = list.Items
		return c.print(e, rows)
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		found, err := in.records.Credentials(ctx, access.Token)
		if err != nil {
			return err
		}
		for _, t := range found {
			if t.RevokedAt.IsZero() {
				rows = append(rows, api.TokenRow{ID: t.ID, Name: t.Name, Role: string(t.Role), Hint: t.Hint, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsedAt: t.LastUsedAt})
			}
		}
		return c.print(e, rows)
	})
}

func (c *tokenListCmd) print(e *env, rows []api.TokenRow) error {
	if c.JSON {
		if rows == nil {
			rows = []api.TokenRow{}
		}
		return printJSON(e, rows)
	}
	for i := range rows {
		last := "never used"
		if !rows[i].LastUsedAt.IsZero() {
			last = "last used " + rows[i].LastUsedAt.Format(time.DateOnly)
		}
		tellLine(e.Out, strings.Join([]string{string(rows[i].ID), rows[i].Role, rows[i].Hint, last, rows[i].Name}, "  "))
	}
	return nil
}

type tokenRevokeCmd struct {
	config.Stores
	config.Remote
	ID string `arg:"" help:"Its id (tok_…)."`
}

// Run revokes a token.
func (c *tokenRevokeCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	ref, err := id.Parse[id.Token]("ID", c.ID)
	if err != nil {
		return err
	}
	if c.Server != "" {
		return e.client(&c.Remote).call(ctx, http.MethodDelete, "/tokens/"+url.PathEscape(string(ref)), nil, nil)
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		users, err := in.access(e, "")
		if err != nil {
			return err
		}
		return users.RevokeToken(ctx, operator, ref)
	})
}
