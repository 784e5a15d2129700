using Microsoft.Extensions.Options;

namespace StreamNer.Streams.Reading;

/// <summary>How the text is found in a record.</summary>
public sealed record ReadingOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Reading";

    /// <summary>Content type of records that have no <c>content-type</c> header. Default <c>text/plain</c>.</summary>
    public string DefaultContentType { get; init; } = "text/plain";

    /// <summary>JSON pointer (RFC 6901) to the text in JSON values. Default <c>/text</c>.</summary>
    public string TextPointer { get; init; } = "/text";

    /// <summary>
    /// JSON pointer to the document's id in JSON values; where it finds none the record's place is the id. Default <c>/id</c>.
    /// </summary>
    public string IdPointer { get; init; } = "/id";

    /// <summary>
    /// Largest value that is read, in bytes; larger ones become dead letters. Default 4 MiB. Raising it lets one record take more
    /// memory; it must stay below <c>StreamNer:Pipeline:MaxBytesInFlight</c>.
    /// </summary>
    public int MaxValueBytes { get; init; } = 4 * 1024 * 1024;
}

/// <summary>Checks the reading section and reports all its problems.</summary>
internal sealed class ReadingOptionsValidator : IValidateOptions<ReadingOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ReadingOptions options)
    {
        List<string> problems = [];
        if (!ContentTypeName.TryParse(options.DefaultContentType, out _))
            problems.Add($"{ReadingOptions.Section}:DefaultContentType is '{options.DefaultContentType}', it must be one of {ContentTypeName.Known}");
        Pointer(nameof(options.TextPointer), options.TextPointer);
        Pointer(nameof(options.IdPointer), options.IdPointer);
        if (options.MaxValueBytes <= 0)
            problems.Add($"{ReadingOptions.Section}:MaxValueBytes is {options.MaxValueBytes}, it must be more than zero");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Pointer(string key, string pointer)
        {
            if (!JsonPointer.TryParse(pointer, out _))
                problems.Add($"{ReadingOptions.Section}:{key} is '{pointer}', a JSON pointer is empty or begins with a slash, and ~ stands only before 0 or 1");
        }
    }
}
