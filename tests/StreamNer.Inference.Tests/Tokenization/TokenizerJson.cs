using System.Text.Json;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>Small <c>tokenizer.json</c> files for tests.</summary>
internal static class TokenizerJson
{
    /// <summary>A BERT tokenizer whose vocabulary is <c>[PAD] [UNK] [CLS] [SEP] [MASK]</c> and then some pieces.</summary>
    /// <param name="normalizer">The normalizer's JSON.</param>
    /// <param name="pieces">Pieces from id 5 on; one that is a JSON object is an added token instead.</param>
    public static string WordPiece(string normalizer, params string[] pieces)
    {
        string[] all = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. pieces.Where(piece => !piece.StartsWith('{'))];
        var vocabulary = JsonSerializer.Serialize(
            all.Select((piece, id) => (piece, id)).ToDictionary(entry => entry.piece, entry => entry.id));
        var added = string.Join(", ", pieces.Where(piece => piece.StartsWith('{')));
        return $$"""
            {
              "version": "1.0",
              "added_tokens": [{{added}}],
              "normalizer": {{normalizer}},
              "pre_tokenizer": {"type": "BertPreTokenizer"},
              "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
              "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                        "vocab": {{vocabulary}}}
            }
            """;
    }

    /// <summary>A tokenizer of three parts, each given as JSON, that puts nothing around a text.</summary>
    public static string Of(string normalizer, string splitter, string model) =>
        $$"""
            {"version": "1.0", "added_tokens": [], "normalizer": {{normalizer}}, "pre_tokenizer": {{splitter}}, "post_processor": null,
             "model": {{model}}}
            """;
}
