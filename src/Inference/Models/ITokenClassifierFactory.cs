namespace StreamNer.Inference.Models;

/// <summary>Makes classifiers, one for each lane. Any thread.</summary>
internal interface ITokenClassifierFactory
{
    /// <summary>Loads the model onto a lane's device. Blocks for as long as that takes.</summary>
    /// <exception cref="ModelLoadException">The model or the device can't be used; trying again will not help.</exception>
    /// <exception cref="InferenceException">The device can't be used just now.</exception>
    ITokenClassifier Create(LaneSpec lane);
}
