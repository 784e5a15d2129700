using StreamNer.Inference.Tokenization.AddedTokens;

namespace StreamNer.Inference.Tokenization.Files;

/// <summary>Reads one added token with its options.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads the fields of a token whose id is known; null when it has no content, as the reference ignores it then.</summary>
    public static AddedToken? Read(JsonFields fields, int id)
    {
        fields.Skip("id", "__type");
        var special = fields.Flag("special", false);
        var token = new AddedToken(
            fields.Text("content"),
            id,
            SingleWord: fields.Flag("single_word", false),
            StripLeft: fields.Flag("lstrip", false),
            StripRight: fields.Flag("rstrip", false),
            Normalized: fields.Flag("normalized", !special));
        fields.RefuseOthers();
        return token.Content.Length == 0 ? null : token;
    }
}
