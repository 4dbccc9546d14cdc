package resolvers

import (
	"context"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// CreateResource is the mutation createResource.
func (m mutation) CreateResource(ctx context.Context, input staffroom.CreateResource) (*graph.CreateResourcePayload, error) {
	created, err := m.network.Resources.Create(ctx, input)
	wrong, err := settle(ctx, err)
	return &graph.CreateResourcePayload{Resource: created, UserErrors: wrong}, err
}

// UpdateResource is the mutation updateResource.
func (m mutation) UpdateResource(ctx context.Context, input graph.UpdateResourceInput) (*graph.UpdateResourcePayload, error) {
	updated, err := m.network.Resources.Update(ctx, staffroom.UpdateResource{
		ID: input.ID, Version: int64(input.Version),
		Title: changed(input.Title), Summary: changed(input.Summary), Body: changed(input.Body),
		Kind: changed(input.Kind), Licence: changed(input.Licence), Visibility: changed(input.Visibility),
		Topics: changedList(input.Topics), Phases: changedList(input.Phases), CoAuthorIDs: changedList(input.CoAuthorIds),
	})
	wrong, err := settle(ctx, err)
	return &graph.UpdateResourcePayload{Resource: updated, UserErrors: wrong}, err
}

// PublishResource is the mutation publishResource.
func (m mutation) PublishResource(ctx context.Context, input graph.PublishResourceInput) (*graph.PublishResourcePayload, error) {
	var version *int64
	if input.Version != nil {
		seen := int64(*input.Version)
		version = &seen
	}
	published, err := m.network.Resources.Publish(ctx, input.ID, version)
	wrong, err := settle(ctx, err)
	return &graph.PublishResourcePayload{Resource: published, UserErrors: wrong}, err
}

// WithdrawResource is the mutation withdrawResource.
func (m mutation) WithdrawResource(ctx context.Context, input graph.WithdrawResourceInput) (*graph.WithdrawResourcePayload, error) {
	withdrawn, err := m.network.Resources.Withdraw(ctx, input.ID, orZero(input.Reason))
	wrong, err := settle(ctx, err)
	return &graph.WithdrawResourcePayload{Resource: withdrawn, UserErrors: wrong}, err
}

// AttachFile is the mutation attachFile.
func (m mutation) AttachFile(ctx context.Context, input graph.AttachFileInput) (*graph.AttachFilePayload, error) {
	changed, file, err := m.network.Resources.AttachFile(ctx, staffroom.AttachFile{
		ResourceID: input.ResourceID, Name: input.File.Filename, Content: input.File.File, Licence: input.Licence,
		IdempotencyKey: input.IdempotencyKey,
	})
	wrong, err := settle(ctx, err)
	payload := &graph.AttachFilePayload{Resource: changed, UserErrors: wrong}
	if file != nil {
		payload.File = m.file(input.ResourceID, file)
	}
	return payload, err
}

// RemoveFile is the mutation removeFile.
func (m mutation) RemoveFile(ctx context.Context, input graph.RemoveFileInput) (*graph.RemoveFilePayload, error) {
	changed, err := m.network.Resources.RemoveFile(ctx, input.ResourceID, input.FileID)
	wrong, err := settle(ctx, err)
	return &graph.RemoveFilePayload{Resource: changed, UserErrors: wrong}, err
}
