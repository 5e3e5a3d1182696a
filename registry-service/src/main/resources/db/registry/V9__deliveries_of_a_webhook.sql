-- A webhook is sent the oldest of its deliveries only, and takes them with it when it is removed.
CREATE INDEX webhook_deliveries_of_a_webhook ON webhook_deliveries (webhook, number);
