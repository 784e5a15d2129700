namespace StreamNer.Actors;

/// <summary>Names of the dispatchers that <c>config/akka.conf</c> defines; a test finds each of them there.</summary>
internal static class DispatcherNames
{
    /// <summary>A thread of its own for each inference actor, since a run blocks it.</summary>
    public const string Inference = "stream-ner.inference-dispatcher";

    /// <summary>A few threads of their own for the tokenizer actors, since tokenizing is work of the processor alone.</summary>
    public const string Tokenizer = "stream-ner.tokenizer-dispatcher";
}
