<?php
// SPDX-License-Identifier: ISC
// The API for php-fpm and for PHP's development server.
$asked = json_decode(file_get_contents('php://input'), true);
$right = $asked === ['username' => 'alice@example.org', 'password' => 'secret'];
http_response_code($right ? 200 : 403);
header('Content-Type: application/json');
echo json_encode($right ? ['success' => true] : ['success' => false, 'message' => 'wrong password']);
