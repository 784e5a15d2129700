namespace StreamNer.Actors;

/// <summary>What the process says to its caller. Part of the contract: scripts and orchestrators read these numbers.</summary>
internal static class ExitCodes
{
    /// <summary>Everything asked for was done.</summary>
    public const int Done = 0;

    /// <summary>Something failed that the other codes do not name, or a document could not be labelled.</summary>
    public const int Failed = 1;

    /// <summary>Wrong arguments or configuration. Starting again without a change is useless.</summary>
    public const int Usage = 2;

    /// <summary>The model folder can't be loaded.</summary>
    public const int Model = 3;

    /// <summary>No broker answers, or it lacks a topic.</summary>
    public const int Broker = 4;

    /// <summary>Another instance has the same transactional id. Starting again before that is changed puts the other one out.</summary>
    public const int Fenced = 5;

    /// <summary>
    /// Every device was lost while running, or the recognition fails again and again. A new process begins with nothing of their state.
    /// </summary>
    public const int RecognitionLost = 70;

    /// <summary>Stopped by a signal before the work was done: 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
