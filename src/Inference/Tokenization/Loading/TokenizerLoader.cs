namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Finds out from a model folder's files which tokenizer they describe, and builds it.</summary>
internal static class TokenizerLoader
{
    /// <summary>Reads the tokenizer of a model folder: <c>tokenizer.json</c>, else the older files with their settings.</summary>
    /// <param name="folder">A folder in Hugging Face layout. Its content is untrusted.</param>
    /// <param name="problems">Receives every problem found, each naming the file, the value and the way out.</param>
    /// <param name="engine">Which implementation cuts words into pieces; both give the same pieces.</param>
    /// <returns>The tokenizer, or null when there was a problem.</returns>
    public static IPieceTokenizer? Load(string folder, ICollection<string> problems, SubwordEngine engine = SubwordEngine.Own)
    {
        if (!Directory.Exists(folder))
        {
            problems.Add($"{folder}: is no folder; give the folder that holds the model's files");
            return null;
        }

        var before = problems.Count;
        var settings = TokenizerSettings.Read(folder, problems);
        try
        {
            var tokenizer = Read(folder, settings, engine, problems);
            return problems.Count > before ? null : tokenizer;
        }
        catch (Exception exception) when (exception is InvalidDataException or TokenizationException)
        {
            problems.Add($"{folder}: {exception.Message}");
            return null;
        }
    }

    private static IPieceTokenizer? Read(string folder, TokenizerSettings settings, SubwordEngine engine, ICollection<string> problems)
    {
        var json = Path.Combine(folder, TokenizerJsonReader.FileName);
        if (File.Exists(json))
            return TokenizerJsonReader.Read(json, settings, engine, problems);
        var vocabulary = Path.Combine(folder, BertFolderReader.FileName);
        if (File.Exists(vocabulary))
            return BertFolderReader.Read(vocabulary, settings, engine, problems);
        var bytePairs = Path.Combine(folder, RobertaFolderReader.FileName);
        if (File.Exists(bytePairs))
            return RobertaFolderReader.Read(bytePairs, settings, engine, problems);
        var sentencePiece = SentencePieceFolderReader.FileNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (sentencePiece is not null)
            return SentencePieceFolderReader.Read(sentencePiece, settings, engine, problems);
        string[] known =
            [TokenizerJsonReader.FileName, BertFolderReader.FileName, RobertaFolderReader.FileName, .. SentencePieceFolderReader.FileNames];
        settings.Problem($"has no tokenizer, which is one of {string.Join(", ", known)}; copy the tokenizer's files beside the model");
        return null;
    }
}
