namespace StreamNer.Host.Observability;

/// <summary>Why records became dead letters: both names come from closed lists.</summary>
internal readonly record struct DeadLetterKind(string Stage, string Code);
