package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"laenderfeed/aggregator"
)

// subscribed are the columns of a subscription but for its source, in the order
// of subscriptionArgs.
const subscribed = "token, callback, hub, topic, secret, state, requested, verified, expires, next, attempts, reason"

func subscriptionArgs(s *aggregator.Subscription) []any {
	return []any{s.Token, s.Callback, s.Hub, s.Topic, s.Secret, string(s.State), unix(s.Requested), unix(s.Verified), unix(s.Expires),
		unix(s.Next), s.Attempts, clean(s.Reason, maxShort)}
}

// Subscriptions returns all subscriptions, in the order of their tokens.
func (s *Store) Subscriptions(ctx context.Context) ([]aggregator.Subscription, error) {
	out, err := s.subscriptions(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading subscriptions: %w", err)
	}
	return out, nil
}

func (s *Store) subscriptions(ctx context.Context) ([]aggregator.Subscription, error) {
	st, err := s.reads.get(ctx, "SELECT s.slug, p."+strings.ReplaceAll(subscribed, ", ", ", p.")+
		" FROM subscriptions p JOIN sources s ON s.id = p.source ORDER BY p.token")
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []aggregator.Subscription
	for rows.Next() {
		var p aggregator.Subscription
		var at [4]instant
		if err := rows.Scan(&p.Source, &p.Token, &p.Callback, &p.Hub, &p.Topic, &p.Secret, &p.State, &at[0], &at[1], &at[2], &at[3],
			&p.Attempts, &p.Reason); err != nil {
			return nil, err
		}
		p.Requested, p.Verified, p.Expires, p.Next = at[0].Time, at[1].Time, at[2].Time, at[3].Time
		out = append(out, p)
	}
	return out, rows.Err()
}

// PutSubscription stores a subscription, in place of the one with its token. It
// returns [ErrUnknownSource] if its source was never configured.
func (s *Store) PutSubscription(ctx context.Context, p aggregator.Subscription) error {
	err := s.commit(ctx, func(t tx) (bool, error) {
		o, err := t.target(p.Source)
		if err != nil {
			return false, err
		}
		args := append(subscriptionArgs(&p), o.id)
		_, err = t.exec("INSERT OR REPLACE INTO subscriptions ("+subscribed+", source) VALUES (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
		return false, err
	})
	if err != nil {
		return fmt.Errorf("storing subscription to %q: %w", p.Source, err)
	}
	return nil
}

// DropSubscription forgets a subscription. One that is not there is no error.
func (s *Store) DropSubscription(ctx context.Context, token string) error {
	err := s.commit(ctx, func(t tx) (bool, error) {
		_, err := t.exec("DELETE FROM subscriptions WHERE token = ?", token)
		return false, err
	})
	if err != nil {
		return fmt.Errorf("forgetting a subscription: %w", err)
	}
	return nil
}

// hastenFloor is the least time in seconds since the last poll, as long as
// polling anybody takes at least.
const hastenFloor = 15 * 60

// Hasten makes a source due at the given time, if it was due later and as far as
// what its publisher asked for (Retry-After, max-age, ttl) allows it.
func (s *Store) Hasten(ctx context.Context, source string, at time.Time) error {
	err := s.commit(ctx, func(t tx) (bool, error) {
		_, err := t.exec(`UPDATE sources SET next_check = min(next_check, max(?, coalesce(retry_after_until, 0),
			coalesce(min(cache_until, last_checked + 86400), 0),
			coalesce(last_checked, 0) + max(?, min(declared_ttl / 1000000000, 86400)))) WHERE slug = ?`, at.Unix(), hastenFloor, source)
		return false, err
	})
	if err != nil {
		return fmt.Errorf("making source %q due: %w", source, err)
	}
	return nil
}
