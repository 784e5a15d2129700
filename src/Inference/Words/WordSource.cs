namespace StreamNer.Inference.Words;

/// <summary>Who says what a word is.</summary>
public enum WordSource
{
    /// <summary>The model's own tokenizer, over the whole text. The default.</summary>
    Pretokenizer,

    /// <summary>The <see cref="WordCutter"/>, whatever the model; its words are then cut into pieces one by one.</summary>
    Tokens,
}
