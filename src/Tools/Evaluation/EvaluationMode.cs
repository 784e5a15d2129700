namespace StreamNer.Tools.Evaluation;

/// <summary>How entities are read off labels, by seqeval's names.</summary>
internal enum EvaluationMode
{
    /// <summary>As CoNLL's evaluation: broken sequences are repaired.</summary>
    Default,

    /// <summary>Only what is spelt by the scheme is an entity.</summary>
    Strict,
}
