namespace StreamNer.Tools.Evaluation;

/// <summary>How a data set is to be compared with a model. Immutable.</summary>
internal sealed record EvaluationSettings
{
    /// <summary>Counts every type that data or predictions have, as seqeval does.</summary>
    public const string AllTypes = "all";

    /// <summary>How entities are read.</summary>
    public EvaluationMode Mode { get; init; } = EvaluationMode.Default;

    /// <summary>Whether spans of the text are compared, in place of labels of the given words.</summary>
    public bool OnText { get; init; }

    /// <summary>The data's scheme; null recognises it.</summary>
    public TagScheme? DataScheme { get; init; }

    /// <summary>The model's scheme; null recognises it by its labels.</summary>
    public TagScheme? ModelScheme { get; init; }

    /// <summary>The types that count; empty takes those that data and model both know.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>Types to be read as others, in the data and in the predictions; <c>O</c> drops one.</summary>
    public IReadOnlyDictionary<string, string> Renamed { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether entities of a type are left out of data and predictions.</summary>
    public bool IsDropped(string type) => Renamed.GetValueOrDefault(type) == "O";

    /// <summary>What a type is called when it is counted.</summary>
    public string NameOf(string type) => Renamed.GetValueOrDefault(type, type);
}

/// <summary>How entities are read off labels, by seqeval's names.</summary>
internal enum EvaluationMode
{
    /// <summary>As CoNLL's evaluation: broken sequences are repaired.</summary>
    Default,

    /// <summary>Only what is spelt by the scheme is an entity.</summary>
    Strict,
}
