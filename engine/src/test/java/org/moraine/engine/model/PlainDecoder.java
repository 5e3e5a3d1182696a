package org.moraine.engine.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.moraine.contracts.Projection;

/**
 * The decoder written once more, one DJL operation at a time and without any shortcut: full logits, a full attention
 * mask, every value kept. It is what the programs are held against.
 */
public final class PlainDecoder {

    private final ModelConfig config;
    private final List<NDArray> weights;
    private final Change change;

    /** What is added to a projection's weight (out x in), or the weight itself. */
    public interface Change {
        NDArray apply(int layer, Projection projection, NDArray weight);
    }

    public PlainDecoder(ModelConfig config, List<NDArray> weights, Change change) {
        this.config = config;
        this.weights = weights;
        this.change = change;
    }

    /** Logits, batch x tokens x vocabulary. */
    public NDArray logits(NDArray ids) {
        NDArray x = weights.get(0).get(ids.flatten()).reshape(ids.getShape().add(config.hiddenSize()));
        for (int layer = 0; layer < config.layers(); layer++) {
            x = layer(x, layer);
        }
        NDArray head = config.tied() ? weights.get(0) : weights.get(2);
        return linear(norm(x, weights.get(1)), head);
    }

    /** Mean cross-entropy over the positions whose label is not negative. */
    public NDArray loss(NDArray ids, NDArray labels) {
        NDArray logProbabilities =
                logits(ids).reshape(-1, config.vocabularySize()).logSoftmax(-1);
        NDArray flat = labels.flatten();
        NDArray labelled = flat.gte(0).toType(DataType.FLOAT32, false);
        NDArray chosen = logProbabilities
                .gather(flat.maximum(0).reshape(-1, 1).toType(DataType.INT64, false), 1)
                .flatten();
        return chosen.mul(labelled).sum().neg().div(labelled.sum());
    }

    private NDArray layer(NDArray x, int layer) {
        NDArray h = norm(x, weight(layer, "input_layernorm.weight"));
        NDArray q = split(project(h, layer, Projection.Q), config.heads());
        NDArray k = split(project(h, layer, Projection.K), config.keyValueHeads());
        NDArray v = shared(split(project(h, layer, Projection.V), config.keyValueHeads()));
        if (config.architecture().headNorms()) {
            q = norm(q, weight(layer, "self_attn.q_norm.weight"));
            k = norm(k, weight(layer, "self_attn.k_norm.weight"));
        }
        q = rotated(q);
        k = shared(rotated(k));
        long tokens = x.getShape().get(1);
        // DJL frees a plain number's memory at once, though the way back still reads it: scale by an array that stays.
        NDArray scale = x.getManager().create((float) (1 / Math.sqrt(config.headSize())));
        NDArray scores = q.matMul(k.swapAxes(2, 3)).mul(scale);
        NDArray mask = mask(x.getManager(), tokens, layer);
        NDArray o = scores.add(mask).softmax(-1).matMul(v).transpose(0, 2, 1, 3);
        NDArray joined = o.reshape(x.getShape().get(0), tokens, (long) config.heads() * config.headSize());
        NDArray y = x.add(project(joined, layer, Projection.O));
        NDArray g = norm(y, weight(layer, "post_attention_layernorm.weight"));
        NDArray gate = project(g, layer, Projection.GATE);
        NDArray silu = gate.div(gate.neg().exp().add(1));
        return y.add(project(silu.mul(project(g, layer, Projection.UP)), layer, Projection.DOWN));
    }

    private NDArray weight(int layer, String name) {
        List<WeightName> names = WeightName.all(config);
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).name().equals("model.layers." + layer + "." + name)) {
                return weights.get(i);
            }
        }
        throw new AssertionError(name);
    }

    private NDArray project(NDArray x, int layer, Projection projection) {
        NDArray y = linear(x, change.apply(layer, projection, weight(layer, projection.path() + ".weight")));
        return config.architecture().biased().contains(projection)
                ? y.add(weight(layer, projection.path() + ".bias"))
                : y;
    }

    private static NDArray linear(NDArray x, NDArray weight) {
        return x.matMul(weight.transpose());
    }

    private NDArray norm(NDArray x, NDArray weight) {
        NDArray root =
                x.square().mean(new int[] {-1}, true).add(config.normEpsilon()).sqrt();
        return x.div(root).mul(weight);
    }

    /** (batch x tokens x heads * size) to (batch x heads x tokens x size). */
    private NDArray split(NDArray x, int heads) {
        return x.reshape(x.getShape().get(0), x.getShape().get(1), heads, config.headSize())
                .transpose(0, 2, 1, 3);
    }

    private NDArray shared(NDArray x) {
        return x.repeat(1, config.heads() / config.keyValueHeads());
    }

    private NDArray rotated(NDArray x) {
        NDManager manager = x.getManager();
        int half = config.headSize() / 2;
        int tokens = (int) x.getShape().get(2);
        float[] cos = new float[tokens * half];
        float[] sin = new float[tokens * half];
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < half; i++) {
                double angle = t * PlainRope.frequency(config, i, tokens);
                cos[t * half + i] = (float) Math.cos(angle);
                sin[t * half + i] = (float) Math.sin(angle);
            }
        }
        NDArray c = manager.create(cos, new Shape(tokens, half));
        NDArray s = manager.create(sin, new Shape(tokens, half));
        NDArray x1 = x.get(new NDIndex("..., 0:" + half));
        NDArray x2 = x.get(new NDIndex("..., " + half + ":"));
        return x1.mul(c).sub(x2.mul(s)).concat(x2.mul(c).add(x1.mul(s)), 3);
    }

    /** Nothing after a token is seen, and in some layers nothing too long before it. */
    private NDArray mask(NDManager manager, long tokens, int layer) {
        SlidingWindow window = config.architecture().window();
        long reach = window.layers().contains(layer) ? window.tokens() : tokens;
        float[] mask = new float[(int) (tokens * tokens)];
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < tokens; j++) {
                mask[(int) (i * tokens) + j] = j > i || j <= i - reach ? Float.NEGATIVE_INFINITY : 0;
            }
        }
        return manager.create(mask, new Shape(tokens, tokens));
    }
}
