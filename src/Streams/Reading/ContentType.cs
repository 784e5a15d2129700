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

/// <summary>Reads the name of a content type: <c>text/plain; charset=utf-8</c>.</summary>
internal static class ContentTypeName
{
    /// <summary>What can be read, for messages.</summary>
    public const string Known = "text/plain, application/json, text/json, .../...+json, application/cloudevents+json, in UTF-8";

    /// <summary>Reads a name.</summary>
    /// <returns>False when the type is unknown, or the character set is neither UTF-8 nor its part ASCII.</returns>
    public static bool TryParse(ReadOnlySpan<char> name, out ContentType type)
    {
        // Some frameworks write every header as JSON, and so in quotes.
        name = name.Trim();
        if (name is ['"', .., '"'])
            name = name[1..^1];

        var end = name.IndexOf(';');
        var media = (end < 0 ? name : name[..end]).Trim();
        type = ContentType.PlainText;
        if (media.Equals("application/cloudevents+json", StringComparison.OrdinalIgnoreCase))
            type = ContentType.CloudEvent;
        else if (IsJson(media))
            type = ContentType.Json;
        else if (!media.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
            return false;

        return end < 0 || IsUtf8(name[(end + 1)..]);
    }

    // A batch of CloudEvents is JSON too, but many documents: it is refused by name rather than read as one.
    private static bool IsJson(ReadOnlySpan<char> media) =>
        media.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        || media.Equals("text/json", StringComparison.OrdinalIgnoreCase)
        || (media.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            && media.IndexOf('/') is > 0 and var slash && slash < media.Length - "+json".Length - 1
            && !media.StartsWith("application/cloudevents-batch", StringComparison.OrdinalIgnoreCase));

    private static bool IsUtf8(ReadOnlySpan<char> parameters)
    {
        foreach (var range in parameters.Split(';'))
        {
            var parameter = parameters[range].Trim();
            if (!parameter.StartsWith("charset=", StringComparison.OrdinalIgnoreCase))
                continue;

            var charset = parameter["charset=".Length..].Trim('"');
            if (!charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                && !charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)
                && !charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }
}
