package staffroom

import (
	"context"
	"crypto/rand"
	"sync"
)

// Setting is something that the servers of a network keep for themselves, and share.
type Setting struct {
	Meta `json:"meta"`
	// Name is what it is for. There is one of each name.
	Name  string `json:"name"`
	Value string `json:"value"`
}

// SettingSchema is how settings are stored.
var SettingSchema = Schema{Name: "settings", Prefix: PrefixSetting}

// The names of settings.
const (
	// settingLinkKey is the secret that links to files are signed with.
	settingLinkKey = "linkKey"
	// settingSweptPosts is the id up to which posts were looked at that may have no thread.
	settingSweptPosts = "sweptPosts"
)

// setting is the value with this name. Where there is none yet, it is what first makes, on whichever server is the quickest.
func (p *Ports) setting(ctx context.Context, name string, first func() string) (string, error) {
	id := NamedID(PrefixSetting, name)
	kept, err := p.Store.Settings.Get(ctx, id)
	if CodeOf(err) == CodeNotFound {
		kept = &Setting{Meta: Meta{ID: id}, Name: name, Value: first()}
		if err = p.Store.Settings.Insert(ctx, kept); CodeOf(err) == CodeConflict {
			kept, err = p.Store.Settings.Get(ctx, id)
		}
	}
	if err != nil {
		return "", err
	}
	return kept.Value, nil
}

// changeSetting changes a setting that is there.
func (p *Ports) changeSetting(ctx context.Context, name string, change func(old string) string) error {
	_, err := p.Store.Settings.Update(ctx, NamedID(PrefixSetting, name), func(s *Setting) error {
		s.Value = change(s.Value)
		return nil
	})
	return err
}

// secrets are those of the network's settings that a server looks up once.
type secrets struct {
	mu      sync.Mutex
	linkKey []byte
}

// linkKey is the secret that links to files are signed with.
func (p *Ports) linkKey(ctx context.Context) ([]byte, error) {
	p.secrets.mu.Lock()
	defer p.secrets.mu.Unlock()
	if p.secrets.linkKey == nil {
		key, err := p.setting(ctx, settingLinkKey, rand.Text)
		if err != nil {
			return nil, err
		}
		p.secrets.linkKey = []byte(key)
	}
	return p.secrets.linkKey, nil
}
