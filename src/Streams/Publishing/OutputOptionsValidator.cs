using Microsoft.Extensions.Options;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>Checks the output section and reports all its problems.</summary>
internal sealed class OutputOptionsValidator : IValidateOptions<OutputOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, OutputOptions options)
    {
        List<string> problems = [];
        foreach (var header in options.PassHeaders)
        {
            if (string.IsNullOrWhiteSpace(header))
                problems.Add($"{OutputOptions.Section}:PassHeaders has an empty name, each must name a header");
            else if (header == HeaderNames.ContentType || header.StartsWith(HeaderNames.CloudEventPrefix, StringComparison.Ordinal))
                problems.Add($"{OutputOptions.Section}:PassHeaders has '{header}', which the event sets itself; leave it out");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
