package org.moraine.engine.model;

/** The frequencies of a rotary embedding from their definitions, in 64 bits. */
final class PlainRope {

    private PlainRope() {}

    /** Radians per token by which pair {@code i} of a head is turned in a sequence of {@code tokens}. */
    static double frequency(ModelConfig config, int i, int tokens) {
        double power = -2.0 * i / config.headSize();
        double plain = Math.pow(config.ropeTheta(), power);
        RopeScaling scaling = config.architecture().scaling();
        if (scaling instanceof RopeScaling.Linear linear) {
            return plain / linear.factor();
        }
        if (scaling instanceof RopeScaling.Dynamic dynamic && tokens > dynamic.original()) {
            double grown = dynamic.factor() * tokens / dynamic.original() - (dynamic.factor() - 1);
            double base = config.ropeTheta() * Math.pow(grown, config.headSize() / (config.headSize() - 2.0));
            return Math.pow(base, power);
        }
        if (scaling instanceof RopeScaling.Llama3 llama) {
            double turns = llama.original() * plain / (2 * Math.PI);
            double kept = Math.min(1, Math.max(0, (turns - llama.low()) / (llama.high() - llama.low())));
            return plain * kept + plain / llama.factor() * (1 - kept);
        }
        return plain;
    }
}
