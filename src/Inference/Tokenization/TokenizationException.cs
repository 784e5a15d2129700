namespace StreamNer.Inference.Tokenization;

/// <summary>
/// A tokenizer can't take a text: what it makes of it, or the work with it, goes beyond all bounds. The encoder stays usable.
/// </summary>
/// <param name="message">What was too much and what the limit is; never the text.</param>
internal sealed class TokenizationException(string message) : Exception(message);
