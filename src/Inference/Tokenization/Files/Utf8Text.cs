using System.Text;

namespace StreamNer.Inference.Tokenization.Files;

/// <summary>Reads an untrusted text file whole, up to a size.</summary>
internal static class Utf8Text
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file; null, with a problem, when it can't be read or is not UTF-8.</summary>
    public static string? Read(string path, ICollection<string> problems)
    {
        if (BoundedFile.Read(path, problems) is not { } bytes)
            return null;
        try
        {
            return Strict.GetString(bytes.AsSpan(BoundedFile.Utf8MarkLength(bytes)));
        }
        catch (DecoderFallbackException exception)
        {
            problems.Add($"{path}: is not UTF-8 at byte {exception.Index}; fetch it again");
            return null;
        }
    }
}
