package org.moraine.cli;

import java.util.Map;
import org.moraine.blobs.ModelBuckets;
import org.moraine.blobs.Store;
import org.moraine.engine.model.BaseModels;
import org.moraine.engine.model.ModelFolder;
import org.moraine.stack.Checkout;
import picocli.CommandLine.Option;

/** {@code --base}, as all commands that need a model take it. */
final class ModelOption {

    @Option(
            names = "--base",
            required = true,
            paramLabel = "MODEL",
            description = "The base model: pebble (ships with Moraine), a folder on this machine,"
                    + " owner/name[@revision] from the endpoint in HF_ENDPOINT (token in HF_TOKEN), or"
                    + " s3://bucket/prefix from the store in MORAINE_S3_ENDPOINT (MORAINE_S3_ACCESS_KEY,"
                    + " MORAINE_S3_SECRET_KEY, MORAINE_S3_REGION).")
    private String base = "";

    String name() {
        return base;
    }

    /** The model's folder, downloaded where it has to be. */
    ModelFolder find() {
        return find(base, System.getenv());
    }

    /** The folder of the model of that name, with object storage as the environment says. */
    static ModelFolder find(String name, Map<String, String> environment) {
        try (ModelBuckets buckets = buckets(environment)) {
            return models(buckets).find(name);
        }
    }

    /** The model's folder, which may have no weights. */
    ModelFolder describe() {
        try (ModelBuckets buckets = buckets(System.getenv())) {
            return models(buckets).describe(base);
        }
    }

    private static ModelBuckets buckets(Map<String, String> environment) {
        return ModelBuckets.all(Store.of(environment).orElse(null));
    }

    private static BaseModels models(ModelBuckets buckets) {
        return BaseModels.of(System.getenv(), Checkout::models).and(buckets);
    }
}
