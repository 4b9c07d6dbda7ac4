package wrpc

import "errors"

// CasePayload gives the payload of a variant's case, if that is the case it has. It is what the Get methods of generated
// variants call.
func CasePayload[T any](is bool, payload any) (v T, ok bool) {
	if !is {
		return v, false
	}
	v, ok = payload.(T)
	return v, ok
}

// EncodePayload writes the payload of a variant's case. It fails when there is none: a variant is made by its New
// functions or changed by its Set methods.
func EncodePayload[T any](e Encoder, payload any, elem func(Encoder, T)) {
	v, ok := payload.(T)
	if !ok {
		e.Fail(errors.New("variant has no payload: make it by one of its New functions"))
		return
	}
	elem(e, v)
}

// ServeAll calls serves in order. When one fails, what the others serve is stopped again. It is what the Serve functions
// of generated code call.
func ServeAll(serves ...func() (stop func() error, err error)) (stop func() error, err error) {
	stops := make([]func() error, 0, len(serves))
	for _, serve := range serves {
		stop, err := serve()
		if err != nil {
			return nil, errors.Join(err, StopAll(stops...)())
		}
		stops = append(stops, stop)
	}
	return StopAll(stops...), nil
}
