using StreamNer.Streams.Wire;

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

    /// <summary>What happens at a batch that can't be read. Default <see cref="OnUnreadableBatch.Stop"/>.</summary>
    public OnUnreadableBatch OnUnreadableBatch { get; init; } = OnUnreadableBatch.Stop;

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        List<string> problems = [];
        if (!ContentTypeName.TryParse(DefaultContentType, out _))
            problems.Add($"{Section}:DefaultContentType is '{DefaultContentType}', it must be one of {ContentTypeName.Known}");
        if (!Enum.IsDefined(OnUnreadableBatch))
            problems.Add($"{Section}:OnUnreadableBatch is {(int)OnUnreadableBatch}, it must be Stop or Skip");
        Pointer(nameof(TextPointer), TextPointer);
        Pointer(nameof(IdPointer), IdPointer);
        if (MaxValueBytes <= 0)
            problems.Add($"{Section}:MaxValueBytes is {MaxValueBytes}, it must be more than zero");
        return problems;

        void Pointer(string key, string pointer)
        {
            if (!JsonPointer.TryParse(pointer, out _))
            {
                problems.Add($"{Section}:{key} is '{pointer}', a JSON pointer is empty or begins with a slash, "
                    + $"and ~ stands only before 0 or 1");
            }
        }
    }
}
