namespace StreamNer.Streams.Reading;

/// <summary>The content types that can be read.</summary>
internal enum ContentType
{
    /// <summary>The whole value is the text.</summary>
    PlainText,

    /// <summary>The text stands at a JSON pointer.</summary>
    Json,

    /// <summary>A structured CloudEvent, with the text in its <c>data</c>.</summary>
    CloudEvent,
}
