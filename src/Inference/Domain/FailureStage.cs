namespace StreamNer.Inference.Domain;

/// <summary>The step at which a document failed.</summary>
public enum FailureStage
{
    /// <summary>Bytes to document.</summary>
    Read,

    /// <summary>Document to windows.</summary>
    Tokenize,

    /// <summary>Windows to logits.</summary>
    Infer,

    /// <summary>Text to the matches of rules, beside the models.</summary>
    Rules,

    /// <summary>Event to output topic.</summary>
    Publish,
}
