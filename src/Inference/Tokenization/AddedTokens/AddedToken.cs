namespace StreamNer.Inference.Tokenization.AddedTokens;

/// <summary>A text that is one piece wherever it occurs, such as <c>[SEP]</c> or a word added to the vocabulary.</summary>
/// <param name="Content">The text; never empty.</param>
/// <param name="Id">Its id.</param>
/// <param name="SingleWord">It counts only where no word character stands beside it.</param>
/// <param name="StripLeft">It takes the white space before it.</param>
/// <param name="StripRight">It takes the white space behind it.</param>
/// <param name="Normalized">It is looked for in the normalized text, not in the original.</param>
internal sealed record AddedToken(string Content, int Id, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized);
