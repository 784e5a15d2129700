using Microsoft.Extensions.Options;

namespace StreamNer.Streams.Reading;

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
