using StreamNer.Inference.Files;
using StreamNer.Tools.Labelling;

namespace StreamNer.Cli.Demo;

/// <summary>Reads what the demo sends: the sample that comes with the product, or a file of the user's.</summary>
internal static class DemoDocuments
{
    /// <summary>Largest file, in bytes: all of it is held in memory.</summary>
    public const long MaxBytes = 256L << 20;

    /// <summary>Longest document, in bytes: of two that are longer the embedded broker keeps neither in one partition.</summary>
    public const int MaxDocumentBytes = 2 << 20;

    private const int MostProblems = 3;

    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "config", "sample", "documents.txt");

    /// <summary>Reads the documents, one a line; empty lines are left out.</summary>
    /// <param name="file">The user's file; null for the sample.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ArgumentsException">The file can't be used.</exception>
    public static async Task<IReadOnlyList<string>> ReadAsync(string? file, CancellationToken stop)
    {
        var path = file ?? Sample;
        if (!File.Exists(path))
            throw new ArgumentsException([$"{path}: there is no such file"]);

        List<string> documents = [];
        List<string> problems = [];
        await using var input = BoundedFile.OpenRegular(path);
        if (input.Length > MaxBytes)
            throw new ArgumentsException([$"{path} has {input.Length} bytes, at most {MaxBytes} are sent by a demo; cut it"]);
        await foreach (var batch in new DocumentReader(path, maxDocumentBytes: MaxDocumentBytes).ReadLinesAsync(input, stop))
        {
            problems.AddRange(batch.Where(document => document.Problem is not null)
                .Select(document => $"{document.Place}: {document.Problem}"));
            documents.AddRange(batch.Select(document => document.Document?.Text).OfType<string>()
                .Where(text => !string.IsNullOrWhiteSpace(text)));
        }

        if (problems.Count == 0 && documents.Count == 0)
            problems.Add($"{path} holds no text, it must have at least one line");
        if (problems.Count > MostProblems)
            problems = [.. problems.Take(MostProblems), $"{path}: {problems.Count - MostProblems} more lines like these"];
        return problems.Count == 0 ? documents : throw new ArgumentsException(problems);
    }
}
