namespace StreamNer.Inference.Domain;

/// <summary>Why a document failed: a closed list, so that it may be a metric's tag. Written in snake_case on the wire.</summary>
public enum FailureCode
{
    /// <summary>The value is not valid UTF-8.</summary>
    InvalidUtf8,

    /// <summary>The value is not valid JSON.</summary>
    InvalidJson,

    /// <summary>Nothing stands at the configured JSON pointer.</summary>
    TextMissing,

    /// <summary>What stands at the JSON pointer is not a string.</summary>
    TextNotString,

    /// <summary>The value is larger than the configured limit.</summary>
    ValueTooLarge,

    /// <summary>The content type is none that can be read.</summary>
    UnknownContentType,

    /// <summary>A CloudEvent breaks its specification.</summary>
    InvalidCloudEvent,

    /// <summary>The batch can't be unpacked, or its checksum is wrong; a letter stands for all of its records.</summary>
    BatchUnreadable,

    /// <summary>The text is longer than the model's input and the configuration says to refuse it.</summary>
    TextTooLong,

    /// <summary>The tokenizer failed.</summary>
    TokenizerFailed,

    /// <summary>The model failed on this document alone, each time.</summary>
    InferenceFailed,

    /// <summary>The document stood in several batches that lost their lane.</summary>
    LaneLost,

    /// <summary>The regular expressions of the rules took longer than they may on this document.</summary>
    RuleTimedOut,

    /// <summary>The rules failed on this document in a way that nobody foresaw.</summary>
    RulesFailed,

    /// <summary>The event is larger than the broker takes.</summary>
    EventTooLarge,

    /// <summary>The broker refused the event for good.</summary>
    PublishRefused,
}

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

/// <summary>How failures are written in headers, metrics and logs: lower case, snake_case.</summary>
public static class FailureNames
{
    private static readonly string[] Stages = Snake(Enum.GetNames<FailureStage>());
    private static readonly string[] Codes = Snake(Enum.GetNames<FailureCode>());

    /// <summary>Writes a stage, such as <c>read</c>.</summary>
    public static string Name(this FailureStage stage) => Stages[(int)stage];

    /// <summary>Writes a code, such as <c>invalid_utf8</c>.</summary>
    public static string Name(this FailureCode code) => Codes[(int)code];

    private static string[] Snake(string[] names) =>
        Array.ConvertAll(names, name => string.Concat(
            name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}")));
}
