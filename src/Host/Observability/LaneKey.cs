namespace StreamNer.Host.Observability;

/// <summary>One lane of one model.</summary>
internal readonly record struct LaneKey(string Model, int Lane);
